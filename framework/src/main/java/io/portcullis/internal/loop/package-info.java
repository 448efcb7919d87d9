// SPDX-License-Identifier: Apache-2.0
/**
 * The infrastructure that everything runs on: turns, threads, time, tasks, memory. Start reading at
 * {@link io.portcullis.internal.loop.Strand}, then {@link io.portcullis.internal.loop.GroupMachine}. Depends on
 * {@code buffer} and {@code internal.log}; has no sockets that carry data. Internal: may change in any release.
 */
@NullMarked
package io.portcullis.internal.loop;

import org.jspecify.annotations.NullMarked;
