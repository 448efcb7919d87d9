// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static io.portcullis.tls.Step.CLOSED;
import static io.portcullis.tls.Step.NEED_DECODE;
import static io.portcullis.tls.Step.NEED_ENCODE;
import static io.portcullis.tls.Step.NEED_SPACE;
import static io.portcullis.tls.Step.PROGRESS;
import static io.portcullis.tls.Step.RUN_TASK;
import static io.portcullis.tls.Step.SECURED;

import io.portcullis.tls.spi.TlsEngine.Status;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The two tables in the documentation of {@link TlsFilter}. */
final class StepTable {
    static final StepTable DECODE = new StepTable()
            .row(Status.OK, SECURED, NEED_ENCODE, PROGRESS, NEED_ENCODE, null)
            .row(Status.NEED_INPUT, SECURED, NEED_ENCODE, PROGRESS, NEED_ENCODE, null)
            .row(Status.NEED_SPACE, SECURED, NEED_SPACE, NEED_SPACE, NEED_SPACE, NEED_SPACE)
            .row(Status.NEED_TASK, RUN_TASK, RUN_TASK, RUN_TASK, RUN_TASK, RUN_TASK)
            .row(Status.CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED);
    static final StepTable ENCODE = new StepTable()
            .row(Status.OK, SECURED, PROGRESS, PROGRESS, null, null)
            .row(Status.NEED_INPUT, SECURED, PROGRESS, PROGRESS, null, NEED_DECODE)
            .row(Status.NEED_SPACE, SECURED, NEED_SPACE, NEED_SPACE, NEED_SPACE, NEED_SPACE)
            .row(Status.NEED_TASK, RUN_TASK, RUN_TASK, RUN_TASK, RUN_TASK, RUN_TASK)
            .row(Status.CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED);

    /** The columns in order. */
    enum Condition {
        COMPLETED,
        MOVED_OUTPUT,
        MOVED,
        IDLE_OUTPUT,
        IDLE
    }

    private final Map<Condition, Map<Status, Step>> columns = new EnumMap<>(Condition.class);

    private StepTable() {
        for (Condition condition : Condition.values()) {
            columns.put(condition, new EnumMap<>(Status.class));
        }
    }

    private StepTable row(Status status, @Nullable Step... cells) {
        int next = 0;
        for (Map<Status, Step> column : columns.values()) {
            Step cell = cells[next++];
            if (cell != null) {
                column.put(status, cell);
            }
        }
        return this;
    }

    /** Returns the step in a cell, or null for "again". */
    @Nullable
    Step cell(Status row, Condition column) {
        Map<Status, Step> steps = columns.get(column);
        return steps == null ? null : steps.get(row);
    }
}
