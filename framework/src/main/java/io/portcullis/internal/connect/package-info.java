// SPDX-License-Identifier: Apache-2.0
/**
 * Connects: admission, name, the race of the addresses, the connection. Open
 * {@link io.portcullis.internal.connect.Connect} first. It imports what lies below. Internal: may change with any
 * release.
 */
@NullMarked
package io.portcullis.internal.connect;

import org.jspecify.annotations.NullMarked;
