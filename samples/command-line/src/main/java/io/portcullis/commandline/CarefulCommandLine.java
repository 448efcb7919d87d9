// SPDX-License-Identifier: Apache-2.0
package io.portcullis.commandline;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * A command line that does not print a secret typed where a file name is expected, as in {@code --key "$(cat
 * key.pem)"}. Whatever a program prints can end up on a terminal, in a container log or in a bug report.
 *
 * <ul>
 *   <li>Arguments that contain PEM text, or part of it, are rejected before they are parsed, and none of their contents
 *       is shown.
 *   <li>An argument {@code @name} is taken literally: it is not replaced with the contents of the file.
 *   <li>A message shows only a bounded, escaped part of what was typed.
 * </ul>
 *
 * A usage error is explained in one line, followed by a line that names the help option. The full list of options is
 * not printed, because it would hide the error.
 */
public final class CarefulCommandLine extends CommandLine {
    /** The line around PEM text, or the part of that line that the shell has split off. */
    private static final Pattern PEM = Pattern.compile("-----(BEGIN|END)");

    private static final Pattern WORD = Pattern.compile("\\S+");
    private static final Pattern NOT_ASCII = Pattern.compile("[^ -~]");

    private static final int LONGEST_WORD = 64;
    private static final int LONGEST_MESSAGE = 256;
    private static final int LONGEST_MESSAGE_OF_A_COMMAND = 4096;

    /**
     * Creates a command line.
     *
     * @param command the command object, annotated for picocli, including its subcommands
     */
    public CarefulCommandLine(Object command) {
        super(command);
        setExpandAtFiles(false);
        setParameterExceptionHandler((refused, arguments) -> explain(refused));
    }

    @Override
    public int execute(String... arguments) {
        if (Arrays.stream(arguments).anyMatch(argument -> PEM.matcher(argument).find())) {
            return explain(new ParameterException(
                    this,
                    "an argument contains PEM text, which is not shown here; options such as --key take the name of a"
                            + " file: write the text to a file that only you can read"));
        }
        return super.execute(arguments);
    }

    private static int explain(ParameterException refused) {
        CommandLine command = refused.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(message(refused));
        UnmatchedArgumentException.printSuggestions(refused, err);
        String name = command.getCommandSpec().qualifiedName();
        err.println("Usage: " + name + " [OPTION...]; all options: " + name + " --help");
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /**
     * Returns the message to print. A message of the command itself may be longer than one of picocli, because the
     * values quoted in it are already bounded.
     */
    private static String message(ParameterException refused) {
        String message = String.valueOf(refused.getMessage());
        boolean ofTheCommand = refused.getCause() instanceof IllegalArgumentException && refused.getArgSpec() == null;
        return ofTheCommand
                ? shown(message, LONGEST_MESSAGE_OF_A_COMMAND)
                : shown(
                        WORD.matcher(message)
                                .replaceAll(word -> Matcher.quoteReplacement(shown(word.group(), LONGEST_WORD))),
                        LONGEST_MESSAGE);
    }

    /**
     * Returns the beginning of the text on one line without control characters, with its length if it was truncated.
     */
    private static String shown(String text, int longest) {
        String begin = NOT_ASCII
                .matcher(text.substring(0, Math.min(text.length(), longest)))
                .replaceAll(one -> Matcher.quoteReplacement(escaped(one.group())));
        return text.length() <= longest
                ? begin
                : begin + String.format(Locale.ROOT, "... (%,d characters)", text.length());
    }

    /** Escapes everything except letters and digits that are written from left to right. */
    private static String escaped(String one) {
        int character = one.codePointAt(0);
        boolean harmless = Character.isLetterOrDigit(character)
                && Character.getDirectionality(character) == Character.DIRECTIONALITY_LEFT_TO_RIGHT;
        return harmless
                ? one
                : one.chars().mapToObj(c -> String.format("\\u%04x", c)).collect(Collectors.joining());
    }
}
