package io.github.clickatellbalance.spring;

import java.util.List;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;

/** Masks the secrets in the actuator's endpoints, also with {@code show-values: always}, and also where the rest is disabled. */
@AutoConfiguration
@ConditionalOnClass(SanitizingFunction.class)
@Conditional(OnAccount.class)
class ClickatellSanitizingAutoConfiguration {
    /** By key and by value: a secret may also be part of a command line, or come from a variable with another name. */
    @Bean
    SanitizingFunction clickatellSanitizingFunction(Environment environment) {
        List<String> secrets = OnAccount.secrets(environment);
        return data -> {
            boolean isKey = data.getLowerCaseKey()
                    .replaceAll("[^a-z]", "")
                    .matches(".*clickatell(user|password|apiid|token|apikey)");
            boolean isValue = data.getValue() instanceof CharSequence value
                    && secrets.stream().anyMatch(value.toString()::contains);
            return isKey || isValue ? data.withSanitizedValue() : data;
        };
    }
}
