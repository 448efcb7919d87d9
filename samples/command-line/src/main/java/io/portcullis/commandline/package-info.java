// SPDX-License-Identifier: Apache-2.0
/**
 * The command line of the programs beside the framework: {@link io.portcullis.commandline.CarefulCommandLine} is all of
 * it.
 */
@NullMarked
package io.portcullis.commandline;

import org.jspecify.annotations.NullMarked;
