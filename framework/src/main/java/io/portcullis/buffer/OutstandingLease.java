// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

/**
 * What is known of a lease that was taken and not given back.
 *
 * @param capacity the capacity of the buffer in bytes
 * @param acquiredAt the stack of the call that took the lease; its message names the thread
 */
public record OutstandingLease(int capacity, Throwable acquiredAt) {}
