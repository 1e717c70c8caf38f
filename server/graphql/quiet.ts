/**
 * Imported before anything of Grafast: it asks for this variable when it is loaded, and warns
 * without it. Its development mode plans each document twice; set the variable to have that.
 */
process.env.GRAPHILE_ENV ??= 'production';
