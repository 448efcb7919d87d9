// SPDX-License-Identifier: Apache-2.0
/**
 * Numbers and names of the TLS record and handshake protocols. Depends on no other package of the framework. Internal:
 * may change in any release.
 */
@NullMarked
package io.portcullis.internal.records;

import org.jspecify.annotations.NullMarked;
