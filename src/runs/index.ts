export { openSession, type Session } from "./session.js";
