// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Collects what the machine logs as an error, which is a defect of its own, while it runs on a thread that registers
 * here.
 */
final class Defects {
    private static final ThreadLocal<@Nullable Defects> OF_THREAD = new ThreadLocal<>();

    /** Of the whole framework, whichever package its parts are in. */
    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("io.portcullis");

    static {
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                Defects own = OF_THREAD.get();
                if (own != null && event.getLevel().isGreaterOrEqual(Level.ERROR)) {
                    own.noticed.add(event.getFormattedMessage()
                            + (event.getThrowableProxy() == null
                                    ? ""
                                    : ": " + event.getThrowableProxy().getClassName() + ": "
                                            + event.getThrowableProxy().getMessage()));
                }
            }
        };
        appender.setContext(LOGGER.getLoggerContext());
        appender.start();
        LOGGER.addAppender(appender);
    }

    /**
     * From now on none of this is printed: defects are reported elsewhere, and a program is run many times to reduce
     * it.
     */
    static void printNothing() {
        LOGGER.setAdditive(false);
    }

    /** Used by one thread after the other. */
    final List<String> noticed = new ArrayList<>();

    /** From now on what this thread logs is collected here. */
    void notice() {
        OF_THREAD.set(this);
    }
}
