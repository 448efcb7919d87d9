// SPDX-License-Identifier: Apache-2.0
/**
 * Who may enter: how many handshakes compute at a time, how many connections there are, and of one address. Open
 * {@link io.portcullis.internal.limit.Admission} first. It imports {@code internal.loop}, and the limits as the user
 * writes them. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.limit;

import org.jspecify.annotations.NullMarked;
