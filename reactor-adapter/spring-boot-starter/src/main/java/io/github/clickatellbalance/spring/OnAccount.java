package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * Matches if an account is configured, completely or not, by properties or by a bean. It also matches while Spring AOT
 * processes the application: the secrets are often known only at run time, and the beans must be there then.
 */
final class OnAccount extends SpringBootCondition implements ConfigurationCondition {
    private static final List<String> SECRETS = List.of("user", "password", "api-id", "token", "api-key");

    private static final int MIN_SECRET = 4;

    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        ConditionMessage.Builder message = ConditionMessage.forCondition("Clickatell account");
        if (isAot()) {
            return ConditionOutcome.match(message.because("Spring AOT processes the application"));
        }
        Optional<String> property = property(context.getEnvironment());
        if (property.isPresent()) {
            return ConditionOutcome.match(message.foundExactly(property.get()));
        }
        return Stream.of(ClickatellConnectionDetails.class, BalanceClient.class, BalanceFeed.class)
                .filter(type -> hasBean(context, type))
                .findFirst()
                .map(type -> ConditionOutcome.match(message.found("bean").items(type.getName())))
                .orElseGet(() -> ConditionOutcome.noMatch(
                        message.didNotFind("property or bean").atAll()));
    }

    /** Matches if the properties have an account, completely or not; also while Spring AOT processes an application without a feed. */
    static final class InProperties extends SpringBootCondition implements ConfigurationCondition {
        @Override
        public ConfigurationPhase getConfigurationPhase() {
            return ConfigurationPhase.REGISTER_BEAN;
        }

        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            boolean isMatch =
                    property(context.getEnvironment()).isPresent() || (isAot() && !hasBean(context, BalanceFeed.class));
            return new ConditionOutcome(isMatch, "Clickatell account in properties");
        }
    }

    private static boolean isAot() {
        return Boolean.getBoolean("spring.aot.processing");
    }

    private static boolean hasBean(ConditionContext context, Class<?> type) {
        return Objects.requireNonNull(context.getBeanFactory()).getBeanNamesForType(type, true, false).length > 0;
    }

    private static Optional<String> property(Environment environment) {
        return Stream.concat(Stream.of("api", "base-url"), SECRETS.stream())
                .map(name -> "clickatell." + name)
                .filter(name -> StringUtils.hasText(value(environment, name)))
                .findFirst();
    }

    private static String value(Environment environment, String name) {
        return Binder.get(environment).bind(name, Bindable.of(String.class)).orElse("");
    }

    /** The values of the secrets that are set, but for the user name, and for those so short that they are part of other words. */
    static List<String> secrets(Environment environment) {
        return SECRETS.stream()
                .skip(1)
                .map(name -> value(environment, "clickatell." + name))
                .filter(value -> value.length() >= MIN_SECRET)
                .toList();
    }
}
