// SPDX-License-Identifier: Apache-2.0
/**
 * Keys and certificates: PEM files and key stores, the contents of certificates, the choice of a certificate by name
 * and peer, and the checks of a peer's chain. Start reading at {@link io.portcullis.internal.keys.Credential}. Depends
 * on {@code internal.records} and {@code internal.foreign}. Internal: may change in any release.
 */
@NullMarked
package io.portcullis.internal.keys;

import org.jspecify.annotations.NullMarked;
