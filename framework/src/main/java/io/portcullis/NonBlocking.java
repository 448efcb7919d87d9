// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * A thread that serves many connections and must not wait for one of them. The threads of a dispatcher are such
 * threads; what waits for the network refuses to do so on them.
 */
public interface NonBlocking {}
