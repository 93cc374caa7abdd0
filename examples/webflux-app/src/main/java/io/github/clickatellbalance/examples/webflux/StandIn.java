package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.test.Fault;
import io.github.clickatellbalance.test.StandInGateway;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.StringUtils;

/**
 * Starts a stand-in gateway if no account is configured, and sets the properties of its account. Your application does not need
 * this. It is no condition of a bean, since Spring AOT evaluates conditions at build time.
 */
final class StandIn implements ApplicationContextInitializer<GenericApplicationContext> {
    private static final Logger LOG = LoggerFactory.getLogger(StandIn.class);

    @Override
    public void initialize(GenericApplicationContext context) {
        if (hasAccount(context.getEnvironment()) || Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
            return;
        }
        StandInGateway gateway = StandInGateway.start();
        gateway.fallingBalance();
        gateway.fail(Fault.EVERY_FOURTH);
        // Registered first, so it is closed last.
        context.getDefaultListableBeanFactory().registerSingleton("standInGateway", gateway);
        context.getDefaultListableBeanFactory().registerDisposableBean("standInGateway", gateway::close);
        Map<String, Object> account = Map.of(
                "clickatell.base-url", gateway.baseUrl(),
                "clickatell.user", StandInGateway.USER,
                "clickatell.password", StandInGateway.PASSWORD,
                "clickatell.api-id", StandInGateway.API_ID,
                "clickatell.token", StandInGateway.TOKEN,
                "clickatell.api-key", StandInGateway.API_KEY);
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("standInGateway", account));
        LOG.warn("No account is configured: this is the balance of a stand-in gateway at {}", gateway.baseUrl());
    }

    /** An incomplete account counts, too: the starter refuses it. */
    private static boolean hasAccount(ConfigurableEnvironment environment) {
        return Stream.of("base-url", "user", "password", "api-id", "token", "api-key")
                .anyMatch(name -> StringUtils.hasText(environment.getProperty("clickatell." + name)));
    }
}
