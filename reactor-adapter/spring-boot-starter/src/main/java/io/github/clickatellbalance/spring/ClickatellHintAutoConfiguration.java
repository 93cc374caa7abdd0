package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import reactor.util.Loggers;

/**
 * Logs what to set, where nothing is configured. Before other beans are created: one that needs a client ends the start of the
 * application.
 */
@AutoConfiguration(after = ClickatellAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "clickatell.enabled", matchIfMissing = true)
@ConditionalOnMissingBean({BalanceClient.class, BalanceFeed.class})
class ClickatellHintAutoConfiguration implements BeanFactoryPostProcessor {
    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        Loggers.getLogger(ClickatellHintAutoConfiguration.class)
                .info(
                        "There is no Clickatell account, so there is no BalanceClient and no BalanceFeed: set clickatell.user, "
                                + "clickatell.password and clickatell.api-id, or clickatell.api with clickatell.token or "
                                + "clickatell.api-key");
    }
}
