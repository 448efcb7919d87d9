// SPDX-License-Identifier: Apache-2.0
/**
 * The passive parts of a connection, which know nothing of it and answer what is to be done: its life, its two streams
 * and a change of its filter, each with a table of its transitions, and the queues that they have. Open
 * {@link io.portcullis.internal.parts.Life} first. It imports {@code internal.loop}, {@code internal.wire}, {@code tls}
 * and {@code buffer}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.parts;

import org.jspecify.annotations.NullMarked;
