// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.PoolStatistics;

/**
 * The state of a dispatcher at one moment.
 *
 * @param threads the threads of the channel group that are alive; if those were replaced for lack of memory, the former
 *     ones count until they have ended, with their last connection
 * @param connections the connections that have not ended
 * @param awaitingAdmission the handshakes of servers and the connects of clients that wait for admission
 *     ({@link AdmissionLimit})
 * @param handlerFailures how many callbacks of handlers have thrown so far
 * @param buffers the state of the buffer pool
 * @param turns how many turns connections have had so far: a measure of what the threads do
 * @param ready how many connections wait for a thread to have their turn
 * @param stalls how often a turn has held its thread for more than half a second so far
 * @param queuedTasks how many tasks of handshakes, looks at certificates and reports of held threads wait for a thread
 * @param queuedLookUps how many look-ups of names wait for a thread
 * @param queuedFileReads how many chunks of files wait for a thread that reads them
 */
public record DispatcherStatistics(
        int threads,
        int connections,
        int awaitingAdmission,
        long handlerFailures,
        PoolStatistics buffers,
        long turns,
        int ready,
        long stalls,
        int queuedTasks,
        int queuedLookUps,
        int queuedFileReads) {}
