// SPDX-License-Identifier: Apache-2.0
/**
 * The passive parts of a connection: each has one state, a table of its transitions, and knows neither the others nor the connection; it
 * answers what is to be done. Open {@link io.portcullis.internal.parts.Life} first. It imports {@code internal.loop}, {@code internal.wire},
 * {@code tls} and {@code buffer}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.parts;

import org.jspecify.annotations.NullMarked;
