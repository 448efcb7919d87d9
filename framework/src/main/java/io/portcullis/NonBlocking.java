// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * Marks a thread that serves many connections and must not block on one of them. Dispatcher threads implement this
 * interface; blocking network operations throw an exception on them.
 */
public interface NonBlocking {}
