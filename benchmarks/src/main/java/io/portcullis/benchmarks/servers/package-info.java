// SPDX-License-Identifier: Apache-2.0
/** The servers of the comparison, each started as a separate process. */
@NullMarked
package io.portcullis.benchmarks.servers;

import org.jspecify.annotations.NullMarked;
