package io.scoreflux.service.security;

import io.scoreflux.service.api.RequestException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.ReactiveOpaqueTokenIntrospector;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.ServerAuthenticationEntryPoint;
import org.springframework.security.web.server.firewall.ServerExchangeRejectedHandler;
import org.springframework.security.web.server.firewall.ServerWebExchangeFirewall;
import org.springframework.security.web.server.firewall.StrictServerWebExchangeFirewall;
import org.springframework.security.web.server.header.ReferrerPolicyServerHttpHeadersWriter.ReferrerPolicy;
import org.springframework.security.web.server.header.XFrameOptionsServerHttpHeadersWriter.Mode;
import reactor.core.publisher.Mono;

/**
 * Bearer tokens and security headers for HTTP. The service starts without a token only if all of its addresses are loopback addresses.
 * CORS is closed: no response permits other origins.
 */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
    /** The addresses of the servers. Without a setting, the servers of HTTP and RSocket would listen everywhere. */
    private static final List<String> ADDRESSES =
            List.of("server.address", "scoreflux.service.rsocket.address", "scoreflux.service.grpc.address");

    /** The address of Actuator, if it has a port of its own. */
    private static final String MANAGEMENT_ADDRESS = "management.server.address";

    /** The probes of Kubernetes, which has no token. */
    private static final String[] PROBES = {"/actuator/health/liveness", "/actuator/health/readiness"};

    /** The files of the page. They contain no secrets, and the page must load before it can ask for the token. */
    private static final String[] PAGE = {"/", "/index.html", "/style.css", "/icon.svg", "/page/*.js"};

    /** In a message of the firewall. */
    private static final Pattern FORBIDDEN_PART =
            Pattern.compile("potentially malicious String \"(.+)\"", Pattern.DOTALL);

    private static final String CONTENT_POLICY =
            "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    SecurityConfiguration(Access access, Environment environment) {
        if (access.demandsToken()) {
            return;
        }
        ADDRESSES.forEach(setting -> requireLoopback(setting, environment.getProperty(setting, "0.0.0.0")));
        if (environment.containsProperty("management.server.port")) {
            requireLoopback(MANAGEMENT_ADDRESS, environment.getProperty(MANAGEMENT_ADDRESS, "0.0.0.0"));
        }
    }

    private static void requireLoopback(String setting, String address) {
        if (!isLoopback(address)) {
            throw new OpenServiceException(setting, address);
        }
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false; // The server cannot start there either, and says why.
        }
    }

    @Bean
    SecurityWebFilterChain httpSecurity(ServerHttpSecurity http, Access access) {
        http.csrf(ServerHttpSecurity.CsrfSpec::disable)
                .httpBasic(ServerHttpSecurity.HttpBasicSpec::disable)
                .formLogin(ServerHttpSecurity.FormLoginSpec::disable)
                .logout(ServerHttpSecurity.LogoutSpec::disable)
                .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
                .headers(headers -> headers.contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT_POLICY))
                        .frameOptions(frame -> frame.mode(Mode.DENY))
                        .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.NO_REFERRER)));
        if (!access.demandsToken()) {
            return http.authorizeExchange(exchange -> exchange.anyExchange().permitAll())
                    .build();
        }
        ServerAuthenticationEntryPoint refusal = (exchange, error) -> {
            exchange.getResponse().getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            return Mono.error(RequestException.of(
                    HttpStatus.UNAUTHORIZED,
                    HttpHeaders.AUTHORIZATION,
                    "Authorization must be 'Bearer' and the token of the service; send it"));
        };
        return http.authorizeExchange(exchange -> exchange.pathMatchers(PROBES)
                        .permitAll()
                        .pathMatchers(HttpMethod.GET, PAGE)
                        .permitAll()
                        .anyExchange()
                        .authenticated())
                .exceptionHandling(errors -> errors.authenticationEntryPoint(refusal))
                .oauth2ResourceServer(server -> server.authenticationEntryPoint(refusal)
                        .opaqueToken(token -> token.introspector(introspector(access))))
                .build();
    }

    /** Any method reaches the handlers, which respond with status 405 and the methods that they have. */
    @Bean
    ServerWebExchangeFirewall firewall() {
        StrictServerWebExchangeFirewall firewall = new StrictServerWebExchangeFirewall();
        firewall.setUnsafeAllowAnyHttpMethod(true);
        return firewall;
    }

    /** Says what the firewall has found. */
    @Bean
    ServerExchangeRejectedHandler rejection() {
        return (exchange, error) -> {
            Matcher found = FORBIDDEN_PART.matcher(String.valueOf(error.getMessage()));
            return Mono.error(RequestException.of(
                    HttpStatus.BAD_REQUEST,
                    null,
                    found.find()
                            ? "the address must not have '" + printable(found.group(1))
                                    + "' in its path; write the path without it"
                            : "the request must have a normalized path, and printable header fields and parameters; correct"
                                    + " it"));
        };
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }

    private static ReactiveOpaqueTokenIntrospector introspector(Access access) {
        OAuth2AuthenticatedPrincipal client =
                new DefaultOAuth2AuthenticatedPrincipal("client", Map.of("sub", "client"), List.of());
        return token -> access.accepts(token)
                ? Mono.just(client)
                : Mono.error(new BadOpaqueTokenException("the token is wrong"));
    }
}
