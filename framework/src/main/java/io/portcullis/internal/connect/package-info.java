// SPDX-License-Identifier: Apache-2.0
/**
 * Connecting: admission, name resolution, the race of the addresses, the connection. Start reading at
 * {@link io.portcullis.internal.connect.Connect}. Depends on the packages below it. Internal: may change in any
 * release.
 */
@NullMarked
package io.portcullis.internal.connect;

import org.jspecify.annotations.NullMarked;
