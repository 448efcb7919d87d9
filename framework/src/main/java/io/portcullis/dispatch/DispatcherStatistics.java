// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.PoolStatistics;

/**
 * The state of a dispatcher at one moment.
 *
 * @param threads the threads of the channel group that are alive
 * @param connections the connections that have not ended
 * @param waiting the handshakes of servers and the connects of clients that wait for admission ({@link AdmissionLimit})
 * @param handlerFailures how many callbacks of handlers have thrown so far
 * @param buffers the state of the buffer pool
 */
public record DispatcherStatistics(
        int threads, int connections, int waiting, long handlerFailures, PoolStatistics buffers) {}
