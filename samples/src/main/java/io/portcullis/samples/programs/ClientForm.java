// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import java.awt.BorderLayout;
import java.awt.Color;
import java.awt.Font;
import java.awt.Insets;
import java.awt.event.WindowAdapter;
import java.awt.event.WindowEvent;
import javax.swing.BorderFactory;
import javax.swing.Box;
import javax.swing.BoxLayout;
import javax.swing.JButton;
import javax.swing.JFrame;
import javax.swing.JLabel;
import javax.swing.JPanel;
import javax.swing.JScrollPane;
import javax.swing.JSplitPane;
import javax.swing.JTextArea;
import javax.swing.JTextField;
import javax.swing.WindowConstants;
import javax.swing.text.DefaultCaret;

/** The user interface of {@link AsyncClientWindow}: Swing without networking. Confined to Swing's thread. */
final class ClientForm {
    private static final int MOST_CHARACTERS = 1 << 20;

    final JTextField host;
    final JTextField port;
    final JTextField path;
    final JButton button = new JButton("Connect");
    final JTextArea handshake = pane();
    final JTextArea response = pane();
    final JLabel status = new JLabel("Not connected.");

    ClientForm(String host, int port, String path) {
        this.host = new JTextField(host, 20);
        this.port = new JTextField(Integer.toString(port), 6);
        this.path = new JTextField(path, 30);
    }

    /** Opens the window. */
    void open(Runnable whenClosed) {
        JSplitPane panes =
                new JSplitPane(JSplitPane.VERTICAL_SPLIT, titled("Handshake", handshake), titled("Response", response));
        panes.setResizeWeight(0.4);
        panes.setDividerSize(8);
        panes.setBorder(BorderFactory.createEmptyBorder());
        JPanel all = new JPanel(new BorderLayout(0, 10));
        all.setBorder(BorderFactory.createEmptyBorder(12, 12, 10, 12));
        all.add(fields(), BorderLayout.NORTH);
        all.add(panes, BorderLayout.CENTER);
        all.add(status, BorderLayout.SOUTH);
        JFrame frame = new JFrame("Portcullis: AsyncClientWindow");
        frame.setContentPane(all);
        frame.getRootPane().setDefaultButton(button);
        frame.setDefaultCloseOperation(WindowConstants.DISPOSE_ON_CLOSE);
        frame.addWindowListener(new WindowAdapter() {
            @Override
            public void windowClosed(WindowEvent event) {
                whenClosed.run();
            }
        });
        frame.setSize(960, 720);
        frame.setLocationByPlatform(true);
        frame.setVisible(true);
    }

    /** Clears the output of the previous exchange. */
    void clear() {
        handshake.setText("");
        response.setText("");
    }

    /** Appends to the response; drops its beginning when it exceeds the maximum length. */
    void append(String text) {
        response.append(text.replace("\r", ""));
        int excess = response.getDocument().getLength() - MOST_CHARACTERS;
        if (excess > 0) {
            response.replaceRange("", 0, excess);
        }
    }

    private JPanel fields() {
        JPanel row = new JPanel();
        row.setLayout(new BoxLayout(row, BoxLayout.X_AXIS));
        port.setMaximumSize(port.getPreferredSize());
        add(row, "Host", host);
        add(row, "Port", port);
        add(row, "Path", path);
        row.add(button);
        return row;
    }

    private static void add(JPanel row, String title, JTextField field) {
        row.add(new JLabel(title));
        row.add(Box.createHorizontalStrut(6));
        row.add(field);
        row.add(Box.createHorizontalStrut(12));
    }

    private static JPanel titled(String title, JTextArea area) {
        JPanel panel = new JPanel(new BorderLayout(0, 4));
        JLabel label = new JLabel(title);
        label.setFont(label.getFont().deriveFont(Font.BOLD));
        panel.add(label, BorderLayout.NORTH);
        panel.add(new JScrollPane(area), BorderLayout.CENTER);
        return panel;
    }

    private static JTextArea pane() {
        JTextArea area = new JTextArea();
        area.setEditable(false);
        area.setBackground(Color.WHITE);
        area.setFont(new Font(Font.MONOSPACED, Font.PLAIN, 13));
        area.setMargin(new Insets(8, 10, 8, 10));
        if (area.getCaret() instanceof DefaultCaret caret) {
            caret.setUpdatePolicy(DefaultCaret.NEVER_UPDATE);
        }
        return area;
    }
}
