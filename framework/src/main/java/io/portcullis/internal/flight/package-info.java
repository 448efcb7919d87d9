// SPDX-License-Identifier: Apache-2.0
/**
 * Events for the JDK Flight Recorder. Needs the module {@code jdk.jfr}; without it nothing here is loaded. Internal:
 * may change in any release.
 */
@NullMarked
package io.portcullis.internal.flight;

import org.jspecify.annotations.NullMarked;
