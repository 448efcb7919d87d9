// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

/**
 * A lease that was taken and not released.
 *
 * @param capacity the capacity of the buffer in bytes
 * @param acquiredAt the stack trace of the call that took the lease; its message names the thread
 */
public record OutstandingLease(int capacity, Throwable acquiredAt) {}
