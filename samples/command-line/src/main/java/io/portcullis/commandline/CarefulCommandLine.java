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
 * A command line that prints no secret, if one was typed where the name of a file is expected, such as in {@code --key
 * "$(cat key.pem)"}: what it prints goes to a terminal, to the log of a container, to a report of a defect.
 *
 * <ul>
 *   <li>Arguments with a PEM text, or a part of one, are refused before anybody looks at them, and nothing of them is
 *       shown.
 *   <li>An argument {@code @name} is that word: it is not replaced by what the file holds.
 *   <li>A message shows of what was typed a bounded piece, escaped.
 * </ul>
 *
 * A command that is used wrongly is explained in one line, with another one that says where to read on: behind all its
 * options nobody would find it.
 */
public final class CarefulCommandLine extends CommandLine {
    /** The line around a PEM text, or the word of it that a shell has cut out. */
    private static final Pattern PEM = Pattern.compile("-----(BEGIN|END)");

    private static final Pattern WORD = Pattern.compile("\\S+");
    private static final Pattern NOT_ASCII = Pattern.compile("[^ -~]");

    private static final int LONGEST_WORD = 64;
    private static final int LONGEST_MESSAGE = 256;
    private static final int LONGEST_MESSAGE_OF_A_COMMAND = 4096;

    /**
     * Makes a command line.
     *
     * @param command annotated for picocli, with its subcommands
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
                    "an argument holds a PEM text, of which nothing is shown here; an option such as --key takes the name of a"
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
     * What a command itself has refused may be longer than what picocli says: the parts of others in it are bounded
     * already.
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

    /** The beginning of it, in one line without control characters, and how long it was if that is not all. */
    private static String shown(String text, int longest) {
        String begin = NOT_ASCII
                .matcher(text.substring(0, Math.min(text.length(), longest)))
                .replaceAll(one -> Matcher.quoteReplacement(escaped(one.group())));
        return text.length() <= longest
                ? begin
                : begin + String.format(Locale.ROOT, "... (%,d characters)", text.length());
    }

    /** Letters that are written from left to right stay as they are. */
    private static String escaped(String one) {
        int character = one.codePointAt(0);
        boolean harmless = Character.isLetterOrDigit(character)
                && Character.getDirectionality(character) == Character.DIRECTIONALITY_LEFT_TO_RIGHT;
        return harmless
                ? one
                : one.chars().mapToObj(c -> String.format("\\u%04x", c)).collect(Collectors.joining());
    }
}
