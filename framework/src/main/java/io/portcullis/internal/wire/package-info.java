// SPDX-License-Identifier: Apache-2.0
/**
 * Sockets: what connects one, reads and writes one, and taps one. Open {@link io.portcullis.internal.wire.Transport}
 * first. It imports {@code internal.loop}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.wire;

import org.jspecify.annotations.NullMarked;
