// SPDX-License-Identifier: Apache-2.0
/**
 * Sanitizing of foreign text for messages: bounded, escaped. Depends on the JDK only. Internal: may change in any
 * release.
 */
@NullMarked
package io.portcullis.internal.foreign;

import org.jspecify.annotations.NullMarked;
