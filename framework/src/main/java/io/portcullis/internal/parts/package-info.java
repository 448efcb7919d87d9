// SPDX-License-Identifier: Apache-2.0
/**
 * The passive parts of a connection, which do not refer to it and return what has to be done: its life, its input and
 * output streams and changes of its filter, each with a table of transitions, and their queues. Start reading at
 * {@link io.portcullis.internal.parts.Life}. Depends on {@code internal.loop}, {@code internal.wire}, {@code tls} and
 * {@code buffer}. Internal: may change in any release.
 */
@NullMarked
package io.portcullis.internal.parts;

import org.jspecify.annotations.NullMarked;
