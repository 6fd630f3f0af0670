package io.scoreflux.internal;

import io.scoreflux.error.InvalidConfigurationException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The implementations of inner loops: in plain Java, and on the Vector API. The Vector API is an incubator module, which Java loads only with
 * {@code --add-modules jdk.incubator.vector}. The results have the same bits.
 */
public enum KernelVariant {
    PORTABLE,
    VECTOR;

    /** The system property that selects a variant. */
    public static final String PROPERTY = "scoreflux.kernels";

    private static final String MODULE = "jdk.incubator.vector";
    private static final String OPTION = "--add-modules " + MODULE;

    private static volatile @Nullable KernelVariant selected;

    /** Returns the variant of this virtual machine, and logs it at the first call. */
    public static KernelVariant selected() {
        KernelVariant variant = selected;
        if (variant == null) {
            synchronized (KernelVariant.class) {
                variant = selected;
                if (variant == null) {
                    Choice choice = choose(System.getProperty(PROPERTY), obstacle());
                    System.getLogger(KernelVariant.class.getName())
                            .log(System.Logger.Level.DEBUG, "kernels: {0}, because {1}", choice.variant, choice.reason);
                    variant = choice.variant;
                    selected = variant;
                }
            }
        }
        return variant;
    }

    /** A variant, and the reason in words. */
    record Choice(KernelVariant variant, String reason) {}

    /**
     * Chooses a variant.
     *
     * @param property the value of the system property, or null
     * @param obstacle why the Vector API is of no use here, as a clause, if it is not
     */
    static Choice choose(@Nullable String property, Optional<String> obstacle) {
        if (property == null) {
            return obstacle.map(why -> new Choice(PORTABLE, why))
                    .orElseGet(() -> new Choice(VECTOR, "the module " + MODULE + " is there"));
        }
        KernelVariant variant = Arrays.stream(values())
                .filter(each -> each.toString().equals(property))
                .findFirst()
                .orElseThrow(() -> new InvalidConfigurationException(
                        "the system property " + PROPERTY,
                        "must be "
                                + Arrays.stream(values())
                                        .map(KernelVariant::toString)
                                        .collect(Collectors.joining(" or ")),
                        property,
                        "leave it out for the faster one"));
        if (variant == VECTOR && obstacle.isPresent()) {
            throw new InvalidConfigurationException(
                    "the system property " + PROPERTY,
                    "must be " + PORTABLE + ", because " + obstacle.get(),
                    property,
                    "start Java with " + OPTION + " and without options that switch its optimizing compiler off",
                    "leave the property out");
        }
        return new Choice(variant, "the system property " + PROPERTY + " says so");
    }

    /** Returns why the Vector API is of no use in this virtual machine, if it is not. */
    private static Optional<String> obstacle() {
        Optional<Module> module = ModuleLayer.boot().findModule(MODULE);
        if (module.isEmpty()) {
            return Optional.of("Java was started without " + OPTION);
        }
        // Not in module-info.java: the compiler knows no incubator modules of earlier releases, and Java would warn
        // about it at every start.
        KernelVariant.class.getModule().addReads(module.get());
        // Without the optimizing compiler, each operation allocates objects. "Emulated client" means that it is
        // switched off.
        String mode = System.getProperty("java.vm.info", "");
        return mode.contains("interpreted") || mode.contains("client")
                ? Optional.of("Java runs without its optimizing compiler")
                : Optional.empty();
    }

    /** Returns the name in lower case, which is also the value of the system property. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
