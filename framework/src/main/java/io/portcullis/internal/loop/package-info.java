// SPDX-License-Identifier: Apache-2.0
/**
 * What everything runs on: turns, threads, time, tasks, memory. Open {@link io.portcullis.internal.loop.Strand} first,
 * then {@link io.portcullis.internal.loop.GroupMachine}. It imports {@code buffer} and {@code internal.log}, and knows
 * no socket that carries bytes. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.loop;

import org.jspecify.annotations.NullMarked;
