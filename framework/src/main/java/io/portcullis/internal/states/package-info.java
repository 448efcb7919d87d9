// SPDX-License-Identifier: Apache-2.0
/**
 * What the states of a class are held to: which may follow which. It imports nothing of ours. Internal: may change with
 * any release.
 */
@NullMarked
package io.portcullis.internal.states;

import org.jspecify.annotations.NullMarked;
