// SPDX-License-Identifier: Apache-2.0
/**
 * Keys and certificates: PEM and key stores, what certificates say, which of them is for which name and peer, and who
 * judges those of peers. Open {@link io.portcullis.internal.keys.Credential} first. It imports {@code internal.records}
 * and {@code internal.foreign}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.keys;

import org.jspecify.annotations.NullMarked;
