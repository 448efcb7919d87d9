// SPDX-License-Identifier: Apache-2.0
/**
 * Numbers and names of the TLS record and handshake protocols. It imports nothing of ours. Internal: may change with
 * any release.
 */
@NullMarked
package io.portcullis.internal.records;

import org.jspecify.annotations.NullMarked;
