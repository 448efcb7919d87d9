// SPDX-License-Identifier: Apache-2.0
/**
 * The doors: {@link io.portcullis.dispatch.Server}, {@link io.portcullis.dispatch.Client},
 * {@link io.portcullis.dispatch.Dispatcher}, and what they are told. It imports the other rooms, and none of them
 * imports a door. Open {@link io.portcullis.dispatch.Dispatcher} first; the machine behind it is in
 * {@code io.portcullis.internal}.
 */
@NullMarked
package io.portcullis.dispatch;

import org.jspecify.annotations.NullMarked;
