// SPDX-License-Identifier: Apache-2.0
/**
 * Admission control: limits on concurrent handshakes, on connections, and on connections per address. Start reading at
 * {@link io.portcullis.internal.limit.Admission}. Depends on {@code internal.loop}, and on the limits in the public
 * API. Internal: may change in any release.
 */
@NullMarked
package io.portcullis.internal.limit;

import org.jspecify.annotations.NullMarked;
