import com.Octopush.model.CreateListSms;
import com.Octopush.model.Sms;
import com.Octopush.model.SmsList;
import com.Octopush.service.OctopushManager;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.log4j.AppenderSkeleton;
import org.apache.log4j.Level;
import org.apache.log4j.Logger;
import org.apache.log4j.spi.LoggingEvent;

/**
 * Driver takes one call a line on standard input, {"call": …, "with": …}, has Octopush's Java client make it by its
 * public methods, and writes a line with what the client returned, threw and logged as an error. The address and the
 * credentials are those of the application.properties in the class path.
 */
public final class Driver {
	private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

	public static void main(String[] args) throws IOException {
		PrintStream out = System.out;
		System.setOut(System.err); // whatever the client prints is no answer of the driver's
		Errors errors = new Errors();
		Logger.getRootLogger().addAppender(errors);
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			Map<String, Object> made = make(GSON.fromJson(line, JsonObject.class));
			if (!errors.seen.isEmpty()) {
				made.put("logged", new ArrayList<>(errors.seen));
				errors.seen.clear();
			}
			out.println(GSON.toJson(made));
			out.flush();
		}
	}

	private static Map<String, Object> make(JsonObject line) {
		Map<String, Object> made = new LinkedHashMap<>();
		try {
			made.put("result", call(line));
		} catch (RuntimeException e) {
			made.put("threw", e.getClass().getName());
		}
		return made;
	}

	/** A new manager for each call: one that is used again appends its queries to each other. */
	private static Object call(JsonObject line) {
		OctopushManager manager = new OctopushManager();
		String call = line.get("call").getAsString();
		switch (call) {
			case "create":
				return manager.createSmsToAList(manager.returnJson(GSON.fromJson(line.get("with"), CreateListSms.class)));
			case "status":
				return manager.getSmsToAListStatus(line.get("with").getAsString());
			case "confirm":
				return manager.confirmSmsToAList(manager.returnJson(new SmsList(line.get("with").getAsString())));
			case "cancel":
				return manager.cancelSmsToAList(manager.returnJson(new SmsList(line.get("with").getAsString())));
			case "balance":
				return manager.checkBalance(GSON.fromJson(line.get("with"), String[].class));
			case "credits":
				return manager.checkCredit(Arrays.asList(GSON.fromJson(line.get("with"), String[].class)));
			case "direct":
				return manager.sendSmsCampaign(manager.returnJson(GSON.fromJson(line.get("with"), Sms.class)));
			default:
				throw new IllegalArgumentException("the driver has no call " + call);
		}
	}

	/** Errors keeps the messages that the client logs as errors. */
	private static final class Errors extends AppenderSkeleton {
		final List<String> seen = new ArrayList<>();

		@Override
		protected void append(LoggingEvent event) {
			if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
				seen.add(event.getRenderedMessage());
			}
		}

		@Override
		public void close() {}

		@Override
		public boolean requiresLayout() {
			return false;
		}
	}
}
