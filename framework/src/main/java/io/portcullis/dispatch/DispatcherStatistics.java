// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.PoolStatistics;

/**
 * A snapshot of the state of a dispatcher.
 *
 * @param threads the threads of the channel group that are alive; if they were replaced for lack of memory, the former
 *     ones count until they end, together with their last connection
 * @param connections the connections that have not ended
 * @param awaitingAdmission the handshakes of servers and the connects of clients that wait for admission
 *     ({@link AdmissionLimit})
 * @param handlerFailures how many handler callbacks have thrown an exception so far
 * @param buffers the state of the buffer pool
 * @param turns how many turns connections have had so far, a measure of the threads' work
 * @param ready how many connections wait for a thread to run their turn
 * @param stalls how many turns have blocked their thread for more than half a second so far
 * @param queuedTasks how many handshake tasks, certificate checks and reports of blocked threads wait for a thread
 * @param queuedLookUps how many name lookups wait for a thread
 * @param queuedFileReads how many reads of file chunks wait for a thread
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
