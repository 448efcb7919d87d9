// SPDX-License-Identifier: Apache-2.0
/**
 * Asks a gate what a connection is, and does what it decides: filters, waiting, a PROXY header, a relay. Open
 * {@link io.portcullis.internal.gate.Gatekeeper} first. It imports what lies below. Internal: may change with any
 * release.
 */
@NullMarked
package io.portcullis.internal.gate;

import org.jspecify.annotations.NullMarked;
