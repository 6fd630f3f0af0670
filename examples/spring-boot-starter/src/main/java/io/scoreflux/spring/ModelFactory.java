package io.scoreflux.spring;

import io.scoreflux.error.HasViolation;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.files.format.TensorFile;
import io.scoreflux.files.targets.NetworkCalls;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.targets.Targets;
import io.scoreflux.files.text.UserError;
import io.scoreflux.internal.Require;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Guidance;
import io.scoreflux.spring.ModelProperties.ConditionProperties;
import io.scoreflux.spring.ModelProperties.ImageProperties;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.GatewayBuilder;
import io.scoreflux.stream.StreamListener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.core.io.ResourceLoader;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Opens the models of the configuration, and closes them with the application. */
final class ModelFactory implements DisposableBean {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String TARGET = "target";
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");
    /** The settings of the options that messages about targets name. */
    private static final Map<String, String> SETTINGS =
            Map.of("--target", TARGET, "--fixed-rows", "fixed-rows", "--batch", "max-rows");

    private static final String BEAN_NEEDS = "must be given for a model that is a bean";

    private final BeanFactory beans;
    private final ResourceLoader resources;
    private final Function<String, StreamListener> listeners;
    private final List<AutoCloseable> opened = new ArrayList<>();

    /**
     * Creates a factory.
     *
     * @param listeners returns the listener of the model with a name
     */
    ModelFactory(BeanFactory beans, ResourceLoader resources, Function<String, StreamListener> listeners) {
        this.beans = beans;
        this.resources = resources;
        this.listeners = listeners;
    }

    /** Opens all models. */
    Models open(Map<String, ModelProperties> settings) {
        List<Model> models = new ArrayList<>();
        settings.forEach((name, one) -> models.add(open(name, one)));
        return new Models(models);
    }

    /** Opens one model. All errors name its setting. */
    private Model open(String name, ModelProperties settings) {
        try {
            return model(name, settings);
        } catch (UserError e) {
            throw new ModelConfigurationException(name, message(name, String.valueOf(e.getMessage())), e);
        } catch (InvalidArgumentException | InvalidConfigurationException e) {
            throw new ModelConfigurationException(
                    name,
                    ((HasViolation) e)
                            .violation()
                            .named(setting -> property(name, setting))
                            .message(),
                    e);
        }
    }

    /** A message about a target, with the names of settings instead of the options of the command line. */
    private static String message(String model, String line) {
        String named = OPTION.matcher(line).replaceAll(option -> {
            String setting = SETTINGS.get(option.group());
            return Matcher.quoteReplacement(setting == null ? option.group() : property(model, setting));
        });
        return line.startsWith("--") ? named : property(model, TARGET) + ": " + named;
    }

    private static String property(String model, String setting) {
        return "scoreflux.models." + model + "." + DataObjectPropertyName.toDashedForm(setting);
    }

    private Model model(String name, ModelProperties settings) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidArgumentException(
                    "the name of a model",
                    "must have up to 64 letters, digits, dots, hyphens and underscores, and begin with a letter or a digit",
                    name,
                    "rename it");
        }
        if ((settings.target() == null) == (settings.bean() == null)) {
            throw new InvalidConfigurationException(
                    "target",
                    "must be given, or {bean}, but not both",
                    settings.target(),
                    "name a built-in target or a target file");
        }
        SolverSettings solver = new SolverSettings(settings.solver(), settings.tolerance(), settings.budget());
        solver.solver();
        return settings.bean() != null
                ? ofBean(name, settings, solver, settings.bean())
                : ofTarget(name, settings, solver, Objects.requireNonNull(settings.target()));
    }

    private Model ofTarget(String name, ModelProperties settings, SolverSettings solver, String location) {
        String file = location;
        if (location.startsWith(ResourceLoader.CLASSPATH_URL_PREFIX)) {
            file = closeLater(ResourceFolder.copyOf(resources, location)).file().toString();
        }
        Target target = closeLater(Targets.find(file, new NetworkCalls(settings.fixedRows(), null)));
        return build(
                name,
                settings,
                solver,
                target.info(),
                settings.fromSigma() == null ? target.fromSigma() : settings.fromSigma(),
                settings.toSigma() == null ? target.toSigma() : settings.toSigma(),
                target.givenRadius(),
                target.picture());
    }

    private Model ofBean(String name, ModelProperties settings, SolverSettings solver, String bean) {
        Object given = beans.containsBean(bean) ? beans.getBean(bean) : null;
        if (!(given instanceof Denoiser) && !(given instanceof AsyncDenoiser)) {
            throw new InvalidArgumentException(
                    "bean",
                    "must be the name of a bean of type Denoiser or AsyncDenoiser",
                    given == null ? bean : bean + " of type " + given.getClass().getName(),
                    "add the bean, or set {target}");
        }
        DenoiserInfo info = (DenoiserInfo) given;
        if (settings.fromSigma() == null || settings.toSigma() == null) {
            throw new InvalidConfigurationException(
                    settings.fromSigma() == null ? "fromSigma" : "toSigma",
                    BEAN_NEEDS,
                    null,
                    "set both ends of the range");
        }
        return build(
                name, settings, solver, info, settings.fromSigma(), settings.toSigma(), OptionalDouble.empty(), null);
    }

    private Model build(
            String name,
            ModelProperties settings,
            SolverSettings solver,
            DenoiserInfo given,
            double fromSigma,
            double toSigma,
            OptionalDouble givenRadius,
            @Nullable Picture picture) {
        DenoiserInfo info = guided(given);
        StreamListener listener = listeners.apply(name);
        Scheduler scheduler = info instanceof Denoiser ? modelScheduler(name) : null;
        GatewayBuilder gateway = info instanceof Denoiser local && scheduler != null
                ? Gateway.builder(local, scheduler)
                : Gateway.builder((AsyncDenoiser) info);
        gateway.maxRows(settings.maxRows()).maxInFlight(settings.maxInFlight()).listener(listener);
        if (settings.timeout() != null) {
            gateway.timeout(settings.timeout());
        }
        if (settings.retries() > 0) {
            gateway.retries(settings.retries(), settings.backoff());
        }
        return new Model(
                name,
                settings,
                solver,
                gateway.build(),
                scheduler,
                fromSigma,
                toSigma,
                settings.radius() == null ? givenRadius : OptionalDouble.of(settings.radius()),
                conditions(settings.conditions(), info),
                picture(settings.image(), info, picture),
                listener);
    }

    /** The denoiser, with guidance if it accepts conditions. */
    private static DenoiserInfo guided(DenoiserInfo info) {
        if (!info.isConditional() || info.supportsGuidance()) {
            return info;
        }
        return info instanceof Denoiser local ? Guidance.of(local) : Guidance.of((AsyncDenoiser) info);
    }

    /** One thread, because more calls in flight would each have fewer rows. */
    private Scheduler modelScheduler(String name) {
        Scheduler scheduler = Schedulers.newSingle("scoreflux-" + name, true);
        opened.add(scheduler::dispose);
        return scheduler;
    }

    private static @Nullable Picture picture(
            @Nullable ImageProperties image, DenoiserInfo info, @Nullable Picture usual) {
        if (image == null) {
            return usual;
        }
        Require.atLeast("image.height", image.height(), 1);
        Require.atLeast("image.width", image.width(), 1);
        if ((long) image.height() * image.width() != info.dimension()) {
            throw new InvalidArgumentException(
                    "image.height",
                    "times image.width must be the dimension " + info.dimension(),
                    image.height() + " x " + image.width());
        }
        return new Picture(image.height(), image.width(), image.paper(), image.ink());
    }

    private static Map<String, Condition> conditions(
            @Nullable Map<String, ConditionProperties> given, DenoiserInfo info) {
        Map<String, Condition> conditions = new LinkedHashMap<>();
        if (given == null) {
            for (int label = 0; label < info.classes(); label++) {
                conditions.put(Integer.toString(label), Condition.label(label));
            }
            return Collections.unmodifiableMap(conditions);
        }
        given.forEach((name, one) -> {
            Map<String, ConditionTensor> tensors = new LinkedHashMap<>();
            if (one.tensors() != null) {
                one.tensors()
                        .forEach((input, file) -> tensors.put(
                                input,
                                TensorFile.read(UserError.path(input, file)).whole()));
            }
            Condition condition = new Condition(one.label(), tensors, null, 1, null);
            try {
                info.checkCondition(condition);
            } catch (InvalidArgumentException e) {
                String path = "conditions." + name + "." + e.violation().setting();
                throw new InvalidArgumentException(e.violation().withSetting(path), e);
            }
            conditions.put(name, condition);
        });
        return Collections.unmodifiableMap(conditions);
    }

    private <T extends AutoCloseable> T closeLater(T resource) {
        opened.add(resource);
        return resource;
    }

    /** Closes the models in reverse order. */
    @Override
    public void destroy() throws Exception {
        Exception first = null;
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
