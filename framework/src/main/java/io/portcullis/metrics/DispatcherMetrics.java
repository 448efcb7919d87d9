// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.DispatcherStatistics;
import java.util.function.ToDoubleFunction;

/** Meters for a dispatcher: its threads, queues and buffers. Costs nothing until the meters are read. */
public final class DispatcherMetrics implements MeterBinder {
    private final Dispatcher dispatcher;
    private final Tags tags;

    /**
     * Creates meters without tags, for the only dispatcher of a process.
     *
     * @param dispatcher the dispatcher, to which the registry then keeps a reference
     */
    public DispatcherMetrics(Dispatcher dispatcher) {
        this(dispatcher, Tags.empty());
    }

    /**
     * Creates meters with tags.
     *
     * @param dispatcher the dispatcher, to which the registry then keeps a reference
     * @param tags added to all meters, to distinguish dispatchers
     */
    public DispatcherMetrics(Dispatcher dispatcher, Iterable<Tag> tags) {
        this.dispatcher = dispatcher;
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry meters) {
        bindThreads(meters);
        bindQueues(meters);
        bindBuffers(meters);
    }

    private void bindThreads(MeterRegistry meters) {
        gauge(
                meters,
                "dispatcher.threads",
                "threads",
                "Threads that deliver completions",
                DispatcherStatistics::threads);
        gauge(
                meters,
                "dispatcher.ready",
                "connections",
                "Connections waiting for a thread",
                DispatcherStatistics::ready);
        counter(meters, "dispatcher.turns", "Turns that connections have run", DispatcherStatistics::turns);
        counter(
                meters,
                "dispatcher.stalls",
                "Turns that blocked a thread for over 0.5 s",
                DispatcherStatistics::stalls);
        counter(
                meters,
                "handler.failures",
                "Handler callbacks that have thrown",
                DispatcherStatistics::handlerFailures);
    }

    private void bindQueues(MeterRegistry meters) {
        gauge(
                meters,
                "dispatcher.tasks",
                "tasks",
                "Handshake tasks waiting for a thread that may block",
                DispatcherStatistics::queuedTasks);
        gauge(
                meters,
                "dispatcher.lookups",
                "lookups",
                "Name lookups waiting for a thread",
                DispatcherStatistics::queuedLookUps);
        gauge(
                meters,
                "dispatcher.file.reads",
                "reads",
                "File chunks waiting to be read by a thread",
                DispatcherStatistics::queuedFileReads);
        gauge(
                meters,
                "admission.waiting",
                "connections",
                "Handshakes and connects waiting for admission",
                DispatcherStatistics::awaitingAdmission);
    }

    private void bindBuffers(MeterRegistry meters) {
        gauge(
                meters,
                "buffers.leased",
                "buffers",
                "Leased buffers",
                all -> all.buffers().activeLeases());
        gauge(
                meters,
                "buffers.free",
                "bytes",
                "Total size of the free buffers",
                all -> all.buffers().freeBytes());
        gauge(
                meters,
                "buffers.direct",
                "bytes",
                "Direct memory allocated by the pool",
                all -> all.buffers().directBytes());
        gauge(
                meters,
                "buffers.budget",
                "bytes",
                "Maximum direct memory that the pool allocates",
                all -> all.buffers().budget());
    }

    private void gauge(
            MeterRegistry meters,
            String name,
            String unit,
            String what,
            ToDoubleFunction<DispatcherStatistics> figure) {
        Gauge.builder("portcullis." + name, dispatcher, all -> figure.applyAsDouble(all.statistics()))
                .description(what)
                .baseUnit(unit)
                .tags(tags)
                .strongReference(true)
                .register(meters);
    }

    private void counter(
            MeterRegistry meters, String name, String what, ToDoubleFunction<DispatcherStatistics> figure) {
        FunctionCounter.builder("portcullis." + name, dispatcher, all -> figure.applyAsDouble(all.statistics()))
                .description(what)
                .tags(tags)
                .register(meters);
    }
}
