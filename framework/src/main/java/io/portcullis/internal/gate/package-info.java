// SPDX-License-Identifier: Apache-2.0
/**
 * Calls a gate and carries out its decisions: filters, waiting, a PROXY header, a relay. Start reading at
 * {@link io.portcullis.internal.gate.Gatekeeper}. Depends on the packages below it. Internal: may change in any
 * release.
 */
@NullMarked
package io.portcullis.internal.gate;

import org.jspecify.annotations.NullMarked;
