// For the pages beside the room: what is over, or no longer this tablet's, goes from it here too.
import { purge } from "./purging.js";

const isKept = (await indexedDB.databases?.())?.some((one) => one.name === "kapstone-room");
if (isKept) await purge().catch(() => {});
