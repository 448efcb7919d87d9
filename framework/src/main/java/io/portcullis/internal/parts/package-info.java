// SPDX-License-Identifier: Apache-2.0
/**
 * The passive parts of a connection, which do not know it and return what has to be done: its life, its two streams and
 * a change of its filter, each with a table of its transitions, and their queues. Open
 * {@link io.portcullis.internal.parts.Life} first. It imports {@code internal.loop}, {@code internal.wire}, {@code tls}
 * and {@code buffer}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.parts;

import org.jspecify.annotations.NullMarked;
