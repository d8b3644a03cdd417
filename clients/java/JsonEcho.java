import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import octoq.Json;

/** Reads a line of JSON, and writes it as it was understood, or "refused". */
public final class JsonEcho {
    private JsonEcho() {
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                out.println(Json.write(Json.read(line)));
            } catch (IllegalArgumentException e) {
                out.println("refused");
            }
        }
    }
}
