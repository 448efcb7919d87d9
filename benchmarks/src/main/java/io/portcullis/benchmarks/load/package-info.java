// SPDX-License-Identifier: Apache-2.0
/**
 * The load of the comparison: a process that opens connections to a server on demand, keeps them busy for a window and
 * counts the responses. {@link io.portcullis.benchmarks.load.LoadCommand} documents its protocol; knows nothing about
 * servers except their port.
 */
@NullMarked
package io.portcullis.benchmarks.load;

import org.jspecify.annotations.NullMarked;
