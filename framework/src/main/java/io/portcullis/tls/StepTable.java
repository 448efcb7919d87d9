// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.TlsEngine.Status;
import org.jspecify.annotations.Nullable;

/** The two tables of {@link TlsFilter}, which explains them. */
enum StepTable {
    DECODE(new @Nullable Step[][] {
        {Step.SECURED, Step.NEED_ENCODE, Step.PROGRESS, Step.NEED_ENCODE, null},
        {Step.SECURED, Step.NEED_ENCODE, Step.PROGRESS, Step.NEED_ENCODE, null},
        {Step.SECURED, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE},
        {Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK},
        {Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED}
    }),
    ENCODE(new @Nullable Step[][] {
        {Step.SECURED, Step.PROGRESS, Step.PROGRESS, null, null},
        {Step.SECURED, Step.PROGRESS, Step.PROGRESS, null, Step.NEED_DECODE},
        {Step.SECURED, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE},
        {Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK},
        {Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED}
    });

    /** The columns, in their order. */
    enum Condition {
        COMPLETED,
        MOVED_OUTPUT,
        MOVED,
        IDLE_OUTPUT,
        IDLE
    }

    private final @Nullable Step[][] cells;

    StepTable(@Nullable Step[][] cells) {
        this.cells = cells;
    }

    /** The step of a cell, or null for "again". */
    @Nullable
    Step cell(Status row, Condition column) {
        return cells[row.ordinal()][column.ordinal()];
    }
}
