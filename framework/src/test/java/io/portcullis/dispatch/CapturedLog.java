// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** Everything that is logged at a level and above while it is open. Tests that use one lock {@link #RESOURCE}. */
final class CapturedLog implements AutoCloseable {
    /** The name of the shared resource, for {@code @ResourceLock}. */
    static final String RESOURCE = "log";

    private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level before = root.getLevel();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            events.add(event);
        }
    };

    private CapturedLog(Level level) {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
        root.setLevel(level);
    }

    static CapturedLog at(Level level) {
        return new CapturedLog(level);
    }

    List<ILoggingEvent> events() {
        return List.copyOf(events);
    }

    /** The messages of the framework, in order. */
    List<String> lines() {
        return events.stream()
                .filter(event -> event.getLoggerName().startsWith("io.portcullis."))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Override
    public void close() {
        root.setLevel(before);
        root.detachAppender(appender);
    }
}
