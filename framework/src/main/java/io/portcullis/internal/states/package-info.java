// SPDX-License-Identifier: Apache-2.0
/**
 * Tables of allowed state transitions. Depends on no other package of the framework. Internal: may change in any
 * release.
 */
@NullMarked
package io.portcullis.internal.states;

import org.jspecify.annotations.NullMarked;
