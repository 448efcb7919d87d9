// SPDX-License-Identifier: Apache-2.0
/**
 * The load of the comparison: a process that opens connections to a server on demand, keeps them busy for a window and
 * counts what was answered. {@link io.portcullis.benchmarks.load.LoadCommand} says how it is spoken to; knows nothing
 * of servers beyond their port.
 */
@NullMarked
package io.portcullis.benchmarks.load;

import org.jspecify.annotations.NullMarked;
